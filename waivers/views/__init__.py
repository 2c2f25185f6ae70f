"""The credit officer's pages, one module a task."""

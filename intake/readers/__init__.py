"""From a file to its text. So far: plain text as filed."""

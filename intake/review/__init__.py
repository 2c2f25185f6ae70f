"""From a draft to facts: its terms beside the words that they came from, each with a person's verdict."""

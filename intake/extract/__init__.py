"""From an agreement's text to what it proposes for the register: by rules, without a guess, each value with its words.

Pure: text in, `Draft` out (terms.py). `read` is the way in; flow.py leads each value back to the original.
"""

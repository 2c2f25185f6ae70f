"""Counsel's pack: everything about a borrower or a waiver in one file that proves itself."""

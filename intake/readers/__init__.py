"""From a file to its text: plain text, EDGAR pages and submissions, PDF, Word.

`bundle.members` gives the files of folders and zips, `file.read_file` the text of one. What a file is, its first bytes
say, never its name.
"""

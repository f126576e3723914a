"""Papers with the figures of the pages: what they say is `handlers.wording.papers`, here it is looked up.

month, order, situation ──> Paper, plain values ──> docx: the bytes of a Word file
"""

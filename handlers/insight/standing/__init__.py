"""How units, towns and leaders stand, and what was published of it.

shares      what units did with their shares of cases: sent back, called, checked in
boards      areas and leaders in their order
breakdown   cases by domain, family, source, state of the loop, occupation
snapshots   reports that were published: stored as they were, beside the figures of now
"""

"""What is said, read in the situation it is said in: dialogue acts, the case that is meant, what is done.

signs ──> dialogue act ──> case ──> plan ──> act | answer | question | desk | silence

Signs, acts, cases and plan are pure; `situation` looks things up, `conversation` does what was planned.
"""

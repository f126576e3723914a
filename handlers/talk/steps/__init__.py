"""Carrying out what a message was taken for: an act of the workflow, an answer, a question.

planned steps ──> the first that can be done ──> answer | question | desk | silence | left to intake
                                           └───> act ──> plain which case it means? ──yes──> performed
                                                                                   └──no───> asked
"""

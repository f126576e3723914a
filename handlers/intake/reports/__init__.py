"""Several messages become one report, and a report becomes a case.

piece ──> open report of this person in this chat? ──no──> start one, if it is a report at all
                    │ yes
                    └──> join; another problem at another place starts a report of its own
report complete (what, where), or urgent ──> case at once; later pieces join the case
incomplete ──> asked once after `ask_after`; still silent ──> case as it stands
"""

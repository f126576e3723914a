"""Commands that look at many cases: topics, the month, false alarms; and at the list of responsibilities."""

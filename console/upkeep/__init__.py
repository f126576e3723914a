"""Pages on which the office keeps its own things in order.

notices          /notices: the week, a draft, its approval, its receipts
organisation     /org: units, people, groups, what is missing
staffing         absences and the duty roster, from /org
org_import       a file of the organisation: first what it changes, then the change
rules            /rules: packs, findings, a sentence tried, what waits for a second person
proposals        one proposal: what it changes, its effect, adopting and rolling back
answers          answers kept for the forms of a case
"""

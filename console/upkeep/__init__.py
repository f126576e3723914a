"""Pages on which the office keeps its own things in order.

notices          /notices: the week, a draft, its approval, its receipts
organisation     /org: units, people, groups, what is missing
staffing         absences and the duty roster, from /org
org_import       a file of the organisation: first what it changes, then the change
rules            /rules: a sentence tried, what is wrong in the packs, what waits for a second person
rule_texts       the own texts of rules and limits, and suggestions for them
work_calendar    days that are worked or not, otherwise than the days of the week say
responsibilities the list of responsibilities, what is wrong with it, rulings on what was returned
proposals        one proposal: what it changes, its effect, adopting and rolling back
answers          answers kept for the forms of a case
"""

"""Pages of figures, for whoever looks after an area; each number is a link to the cases it counts.

periods   the month, or the two dates, that an address asks for
due       /due
rates     /rates, /units: one report
papers    /papers/…: the same and more as Word files
"""

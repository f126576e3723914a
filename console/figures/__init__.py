"""Pages of figures, for whoever looks after an area; each number is a link to the cases it counts.

periods   the month, or the two dates, that an address asks for
areas     the area that it asks for
due       /due
rates     /rates, /units: one report; /boards/…: areas and leaders
published /published: reports as they were published
area_map  /map
insights  /insights
topics    /topics, and a report to be printed
pictures  /pictures/…: charts to look at and to send to groups
papers    /papers/…: the same and more as Word files
"""

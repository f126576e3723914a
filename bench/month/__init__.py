"""A month of a county, played by a script over the sandbox's door, and a recount of its figures in SQL.

county    units, people and groups, made up to size
running   sandbox and gridbot in this process, both on the clock that the script moves
script    what people do: they look at a case, throw dice and say one thing, as people would
recount   the figures once more, in plain SQL from the record, by domain standards §9 and §11
compare   the program's figures beside those
play      the whole of it; `python -m bench.month`, or `make month`, prints every figure that differs
"""

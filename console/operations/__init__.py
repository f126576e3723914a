"""Pages about the work itself, for whoever answers for it.

audit    who looked, who decided, who signed in
health   how the program runs, and what it could not handle or send
"""

"""A county's day in less than a day, while processes are killed: `gridbot bench county`.

    plan ──> setting: world of the sandbox, organisation in the database
      └────> speaking ──> sandbox ──> processes of gridbot (program), killed and started again ──> sandbox
                              └──────────── counts ─── database ──┘        paper: thirty counties

Windows of the platform's limits, and the program's own count of them, are as much shorter as the day is.
Nothing else is: times within which an answer must come are those of every day. Nothing is imported here, or
each process would hold the sandbox as well, 12 MB that would count as its own.
"""

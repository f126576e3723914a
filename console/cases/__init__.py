"""Pages of cases: what waits, all of them, one of them; and the acts done from there.

reading   the case of a number, as far as whoever asks may read it
acting    a posted form as an act, through `handlers.acts.perform`
todo      /
spot      a place picked on a map
photos    pictures and voices of a case, to who may see them
"""

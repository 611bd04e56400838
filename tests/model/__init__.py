"""A construction loan worked out the naive way, so that `domain` can be held against it.

It shares no code with `domain`, not even rounding or the counting of days. A loan is a list of
dated facts, and every figure is worked out from all of them anew, day by day in the order of their
value dates; nothing is carried along. So an entry made late or undone costs it no thought, which is
what makes it a judge of the code that adjusts.
"""

"""``phasefield verify``: problems with a published answer, solved on this machine, on one page with the misses.

A case is data and a small function (:class:`phasefield.verify.case.Case`), in a file of ``phasefield/verify/cases``.
Cases use the program as users do, and write each formula anew: they import nothing of its theory (``lint-imports``).
"""

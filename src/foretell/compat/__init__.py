"""Compat: the numbers of other evaluators, reproduced with all they do; one file per evaluator.

Nothing here is a metric of Foretell: these functions exist so that a published number can be
checked, and every file says where the native definition differs and why.
"""

from dataclasses import dataclass, replace

from broken import breaks
from broken.models.honest import Honest


@breaks("docstring_has_every_section")
class SaysLittle(Honest):
    """Add the mean training shift."""


@breaks("fields_are_documented")
@dataclass(eq=False)
class HasASecretField(Honest):
    __doc__ = Honest.__doc__
    secret: float = 1.0


@breaks("references_resolve")
class CitesNobody(Honest):
    info = replace(Honest.info, reference="nobody1900")


@breaks("names_match_the_file")
class LivesElsewhere(Honest):
    info = replace(Honest.info, family="elsewhere")


@breaks("names_match_the_file", "save_and_load")  # a folder names a class that is not there
class PretendsToBeRegistered(Honest):
    __module__ = "foretell.models.baselines.no_change"
    info = replace(Honest.info, family="baselines")


@breaks("record_is_complete")
class HasNoSummary(Honest):
    info = replace(Honest.info, summary="")

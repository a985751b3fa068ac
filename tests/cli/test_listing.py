"""Listing: the card of a metric says all that is needed to read it."""

import json

from typer.testing import CliRunner

from foretell.cli.listing import metrics


def show(*arguments):
    result = CliRunner().invoke(metrics, ["show", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_card_of_a_metric_says_how_it_is_read():
    text = show("pearson_delta_perturbed")
    for part in (
        "best",
        "chance",
        "refers to",
        "perturbed",
        "level",
        "condition",
        "vinastorne2025",
    ):
        assert part in text
    assert "quarter: shifts a quarter as large" in text
    assert "Systema" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_description_has_no_direction_and_a_variant_is_found_by_its_name():
    assert "none: a description" in show("effect_slope")
    assert "tests of the model's own sampled cells" in show("de_auprc[fdr]")


def test_the_card_as_json_holds_the_same():
    card = json.loads(show("mse", "--json"))
    assert card["direction"] == "lower"
    assert card["refers_to"] == "nothing"
    assert card["does_not_withstand"] == []
    assert card["doc"].startswith("Mean squared error")

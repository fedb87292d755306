"""The model card shows what came from outside and does nothing else with it."""

from vidsearch_sdk.learning.card import card_of

FIGURES = {"R@1": 0.1, "R@5": 0.2, "MRR": 0.15, "general": 0.5}
RECORD = {
    "name": "my <b>films</b>",
    "version": "1.0",
    "base": {"name": "ViT`-B", "fingerprint": "0123456789abcdef"},
    "settings": {"train": "all", "seed": 1},
    "data": {
        "pairs": 1200,
        "texts": 900,
        "shots": 1000,
        "films": 4,
        "sources": {"caption": 1100, "a|b": 100},
        "held_out_pairs": 80,
        "held_out_films": 1,
        "general": "judgments",
        "general_queries": 12,
        "general_kept": 13,
        "general_apart": True,
    },
    "figures": {"before": FIGURES, "after": FIGURES | {"R@1": 0.9}},
    "blend": 0.7,
    "steps": 100,
    "best_step": 60,
}


def test_data_figures_and_settings_are_told():
    card = card_of(RECORD)
    assert card.startswith("---\nlibrary_name: open_clip\n")
    for words in (
        "1,200 pairs of shot and text (1,100 from caption, 100 from a\\|b)",
        "| after | 0.900 | 0.200 | 0.150 | 0.500 |",
        "Best of 100 steps: step 60",
        "0.30 of what was given and 0.70 of what was tuned",
        "| seed | 1 |",
    ):
        assert words in card
    assert "base_model" not in card


def test_the_card_says_whether_general_queries_had_a_part_in_training():
    def told(**data):
        return card_of(RECORD | {"data": RECORD["data"] | data})

    assert "of 12 general queries, by judgments; 13 others of them were kept in training." in told()
    flatters = "of 12 general queries, by judgments, which were kept in training, so that this flatters, too."
    assert flatters in told(general_kept=12, general_apart=False)
    assert "of 12 general queries, by judgments." in told(general_kept=0)


def test_names_from_outside_are_only_shown():
    card = card_of(RECORD, base_repo='a/b"\nlicense: mit')
    assert "<b>" not in card
    assert "# my \\<b\\>films\\</b\\>" in card
    assert "`ViT'-B`" in card
    front = card.split("---")[1]
    assert "\nlicense" not in front
    assert 'base_model: "a/b\\"\\nlicense: mit"' in front

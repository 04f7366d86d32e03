from ringfence.sources.ear.terms import read_footnotes, read_policy, read_requirement

XINJIANG = (
    "Case-by-case review for ECCNs 1A004.c, 1A004.d, 1A995, 1A999.a, 1D003, 2A983, 2D983, and 2E983, and for EAR99 items "
    "described in the Note to ECCN 1A995; casa-by-case review for items necessary to detect, identify and treat infectious "
    "disease; and presumption of denial for all other items subject to the EAR."
)


def steps(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(test.policy, test.items) for test in read_policy(text).tests]


def test_the_xinjiang_policy_is_read_in_its_order_with_its_misprint() -> None:
    assert steps(XINJIANG) == [
        (
            "case_by_case",
            ("1A004.c", "1A004.d", "1A995", "1A999.a", "1D003", "2A983", "2D983", "2E983", "note_1A995"),
        ),
        ("case_by_case", ("infectious_disease",)),
        ("presumption_of_denial", ()),
    ]


def test_items_set_apart_come_before_the_rule_for_all_others() -> None:
    text = (
        "Policy of denial for all items subject to the EAR apart from food and medicine designated as EAR99, which will be "
        "reviewed on a case-by-case basis. See §§ 746.8(b) and 744.21(e)"
    )
    assert steps(text) == [("case_by_case", ("food_or_medicine",)), ("policy_of_denial", ())]


def test_a_policy_that_only_points_elsewhere_is_by_reference() -> None:
    policy = read_policy("See §§ 744.2 (d), 744.3(d), and 744.4(d) of this part.")
    assert [(t.policy, t.reference) for t in policy.tests] == [
        ("by_reference", "744.2(d), 744.3(d), 744.4(d)")
    ]


def test_semiconductor_policies_with_the_broken_word_are_read() -> None:
    text = (
        "Presumption of denial for items uniquely required for production of semiconducto rs at advanced technology nodes "
        "(10 nanometers and below, including extreme ultraviolet technology); Case by case for all other items"
    )
    assert steps(text) == [("presumption_of_denial", ("advanced_node_only",)), ("case_by_case", ())]


def test_text_that_is_not_understood_stays_and_is_indeterminate() -> None:
    policy = read_policy("Ask the Under Secretary")
    assert policy.text == "Ask the Under Secretary"
    assert policy.strictest == "indeterminate"
    assert read_requirement("Whatever the order says").scope == "unclassified"
    assert read_requirement("").scope == "unclassified"


def test_an_unknown_description_is_kept_verbatim_among_the_items() -> None:
    assert steps("Case-by-case for items for polar research; presumption of denial for all other items") == [
        ("case_by_case", ("text:for items for polar research",)),
        ("presumption_of_denial", ()),
    ]


def test_requirements_that_are_not_all_items_are_told_apart() -> None:
    assert (
        read_requirement("For all items subject to the EAR.  (See §744.11 of the EAR)").scope == "all_items"
    )
    projects = read_requirement(
        "For all items subject to the EAR when used in projects specified in §746.5 of the EAR."
    )
    assert (projects.scope, projects.items) == ("project_items", ("746.5_project",))
    address = read_requirement("For items on the CCL and listed in supplement no. 7 to part 746 of the EAR")
    assert (address.scope, address.items) == ("listed_items", ("ccl_in_supplement_7_to_746",))
    food = read_requirement(
        "All items subject to the EAR except for food or medicine designated as EAR99. This license requirement may be "
        "overcome by License Exception GOV under § 740.11(b)(2) and (e)"
    )
    assert (food.scope, food.exceptions, food.license_exceptions) == (
        "all_items_except",
        ("food_or_medicine",),
        ("GOV",),
    )


def test_footnote_figures_are_taken_out_of_the_words_they_stick_to() -> None:
    assert read_footnotes(
        "For all items subject to the EAR. (See §§ 734.9(g),3 746.8(a)(3), and 744.21(b) of the EAR)"
    ) == (3,)
    assert read_footnotes("For all items subject to the EAR, see §§ 734.9(e)1 and 744.11 of the EAR2") == (
        1,
        2,
    )
    assert read_footnotes(
        "For all items subject to the EAR. (See §§ 734.9(e)(2) and 744.11 of the EAR)4"
    ) == (4,)
    assert read_footnotes(
        "For all items subject to the EAR (See §§734.4(a)(9), 734.9(e)(3), and 744.11 of the EAR)5"
    ) == (5,)
    assert read_footnotes("For all items subject to the EAR. (See §744.11 of the EAR)") == ()


def test_an_entry_under_the_first_direct_product_rule_has_footnote_1_though_the_copy_lost_the_figure() -> (
    None
):
    text = "For all items subject to the EAR, see §§ 736.2(b)(3)(vi), and 744.11 of the EAR, EXCEPT for technology"
    assert read_footnotes(text) == (1,)

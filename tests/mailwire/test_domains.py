"""What a domain publishes, asked of a scripted name server."""

from collections.abc import Iterator

import pytest

from mailwire.domains import dmarc, spf
from mailwire.domains.asking import Dns, Found
from mailwire.domains.published import State, Wanted, check
from tests.mailwire.dns_far_end import BROKEN, SILENT, ScriptedDns, scripted_dns


@pytest.fixture
def far_end() -> Iterator[ScriptedDns]:
    with scripted_dns() as running:
        yield running


@pytest.fixture
def dns(far_end: ScriptedDns) -> Dns:
    return Dns([far_end.address], lifetime=5)


def quick(far_end: ScriptedDns) -> Dns:
    """For names that stay silent: the wait is the test's own."""
    return Dns([far_end.address], lifetime=0.4)


def test_a_text_of_two_kilobytes_comes_whole(far_end: ScriptedDns, dns: Dns) -> None:
    text = "v=DKIM1; k=rsa; p=" + "A" * 2000
    far_end.says("s1._domainkey.shop.example", "TXT", text)
    assert dns.texts("s1._domainkey.shop.example").values == (text,)


@pytest.mark.parametrize("fault", [SILENT, BROKEN])
def test_a_server_that_does_not_answer_is_no_missing_record(
    far_end: ScriptedDns, fault: str
) -> None:
    far_end.keeps("shop.example", "TXT", fault)
    assert quick(far_end).texts("shop.example").found is Found.UNKNOWN
    assert quick(far_end).texts("nobody.example").found is Found.NONE


def test_the_second_server_is_asked_where_the_first_is_silent(far_end: ScriptedDns) -> None:
    with scripted_dns() as silent:
        silent.keeps("shop.example", "TXT", SILENT)
        far_end.says("shop.example", "TXT", "hello")
        both = Dns([silent.address, far_end.address], lifetime=4)
        assert both.texts("shop.example").values == ("hello",)


KEY = Wanted(
    purpose="DKIM",
    kind="TXT",
    name="s1._domainkey.shop.example",
    value="v=DKIM1; k=rsa; p=ABCDEF",
)
ALIAS = Wanted(
    purpose="Return-Path", kind="CNAME", name="bounce.shop.example", value="in.assent.example"
)


@pytest.mark.parametrize(
    ("wanted", "published", "state"),
    [
        (KEY, ["v=DKIM1; k=rsa; p=ABCDEF"], State.RIGHT),
        (KEY, ["v=DKIM1;k=rsa;p=ABC DEF;"], State.RIGHT),
        (KEY, ["something else", "v=DKIM1; k=rsa; p=ABCDEF"], State.RIGHT),
        (KEY, ["v=DKIM1; k=rsa; p=OTHER"], State.WRONG),
        (KEY, ["something else"], State.MISSING),
        (KEY, [], State.MISSING),
        (ALIAS, ["In.Assent.Example."], State.RIGHT),
        (ALIAS, ["elsewhere.example."], State.WRONG),
        (KEY, ["v=DKIM1; k=rsa; p=OTHER", "v=DKIM1; k=rsa; p=MORE"], State.WRONG),
        (ALIAS, [], State.MISSING),
    ],
)
def test_a_wanted_record_is_right_wrong_or_missing(
    far_end: ScriptedDns, dns: Dns, wanted: Wanted, published: list[str], state: State
) -> None:
    if published:
        far_end.says(wanted.name, wanted.kind, *published)
    assert check(wanted, dns).state is state


@pytest.mark.parametrize("fault", [SILENT, BROKEN])
@pytest.mark.parametrize("wanted", [KEY, ALIAS])
def test_a_record_nobody_can_look_up_is_unchecked(
    far_end: ScriptedDns, wanted: Wanted, fault: str
) -> None:
    far_end.keeps(wanted.name, wanted.kind, fault)
    assert check(wanted, quick(far_end)).state is State.UNCHECKED


class TestChains:
    def test_a_key_behind_an_alias_is_found(self, far_end: ScriptedDns, dns: Dns) -> None:
        far_end.says(KEY.name, "CNAME", "keys.host.example.")
        far_end.says("keys.host.example", "CNAME", "s1.keys.host.example.")
        assert check(KEY, dns).state is State.MISSING
        far_end.says("s1.keys.host.example", "TXT", KEY.value)
        assert check(KEY, dns).state is State.RIGHT

    def test_an_alias_may_lead_there_through_others(self, far_end: ScriptedDns, dns: Dns) -> None:
        far_end.says(ALIAS.name, "CNAME", "one.example.")
        far_end.says("one.example", "CNAME", "two.example.")
        done = check(ALIAS, dns)
        assert (done.state, done.found) == (State.WRONG, ("one.example", "two.example"))
        far_end.says("two.example", "CNAME", "In.Assent.Example.")
        assert check(ALIAS, dns).state is State.RIGHT

    def test_a_circle_ends(self, far_end: ScriptedDns, dns: Dns) -> None:
        far_end.says(ALIAS.name, "CNAME", "one.example.")
        far_end.says("one.example", "CNAME", f"{ALIAS.name}.")
        assert check(ALIAS, dns).state is State.WRONG

    def test_a_chain_that_breaks_off_in_silence_is_unchecked(self, far_end: ScriptedDns) -> None:
        far_end.says(ALIAS.name, "CNAME", "one.example.")
        far_end.keeps("one.example", "CNAME", SILENT)
        assert check(ALIAS, quick(far_end)).state is State.UNCHECKED


class TestSpf:
    def test_a_record_with_ten_lookups_is_fine_and_with_eleven_not(
        self, far_end: ScriptedDns, dns: Dns
    ) -> None:
        for number in range(11):
            far_end.says(f"_spf{number}.example", "TXT", "v=spf1 ip4:192.0.2.1 -all")
        includes = [f"include:_spf{number}.example" for number in range(11)]
        far_end.says("ten.example", "TXT", f"v=spf1 {' '.join(includes[:10])} ~all")
        far_end.says("eleven.example", "TXT", f"v=spf1 {' '.join(includes)} ~all")
        assert spf.walk("ten.example", dns).is_fine
        eleven = spf.walk("eleven.example", dns)
        assert eleven.lookups == 11
        assert eleven.faults == [spf.Fault.TOO_MANY_LOOKUPS]

    def test_lookups_of_included_records_count(self, far_end: ScriptedDns, dns: Dns) -> None:
        far_end.says("shop.example", "TXT", "v=spf1 a mx include:relay.example ?all")
        far_end.says("relay.example", "TXT", "v=spf1 include:deep.example exists:%{i}.x.example")
        far_end.says("deep.example", "TXT", "v=spf1 redirect=last.example")
        far_end.says("last.example", "TXT", "v=spf1 ip6:2001:db8::/32 -all")
        walked = spf.walk("shop.example", dns)
        assert (walked.lookups, walked.is_fine) == (6, True)
        assert walked.included == ["relay.example", "deep.example", "last.example"]

    @pytest.mark.parametrize(
        ("records", "fault"),
        [
            ([], spf.Fault.MISSING),
            (["google-site-verification=x"], spf.Fault.MISSING),
            (["v=spf1 -all", "v=spf1 ~all"], spf.Fault.SEVERAL),
            (["v=spf1 include:shop.example -all"], spf.Fault.LOOP),
            (["v=spf1 include:a.test include:b.test include:c.test"], spf.Fault.TOO_MANY_VOID),
        ],
    )
    def test_a_broken_record_is_named(
        self, far_end: ScriptedDns, dns: Dns, records: list[str], fault: spf.Fault
    ) -> None:
        if records:
            far_end.says("shop.example", "TXT", *records)
        assert spf.walk("shop.example", dns).faults == [fault]

    def test_a_tree_without_end_is_left(self, far_end: ScriptedDns, dns: Dns) -> None:
        for number in range(100):
            text = f"v=spf1 include:s{number + 1}.example include:s{number + 2}.example"
            far_end.says(f"s{number}.example", "TXT", text)
        assert not spf.walk("s0.example", dns).is_fine
        assert len(far_end.asked) < 100

    def test_silence_is_told_as_silence(self, far_end: ScriptedDns) -> None:
        far_end.keeps("shop.example", "TXT", SILENT)
        assert spf.walk("shop.example", quick(far_end)).faults == [spf.Fault.UNKNOWN]


class TestDmarc:
    def test_the_domains_own_record_counts_first(self, far_end: ScriptedDns, dns: Dns) -> None:
        far_end.says("_dmarc.news.shop.example", "TXT", "v=DMARC1; p=quarantine; adkim=s")
        far_end.says("_dmarc.shop.example", "TXT", "v=DMARC1; p=reject; sp=none")
        found = dmarc.policy_of("news.shop.example", dns)
        assert (found.policy, found.published_at) == ("quarantine", "news.shop.example")
        assert found.strict_dkim
        assert found.organisational == "shop.example"

    def test_a_name_below_takes_the_policy_for_names_below(
        self, far_end: ScriptedDns, dns: Dns
    ) -> None:
        far_end.says("_dmarc.shop.example", "TXT", "v=DMARC1; p=reject; sp=quarantine")
        assert dmarc.policy_of("news.shop.example", dns).policy == "quarantine"

    def test_a_public_suffix_makes_the_name_below_it_the_organisation(
        self, far_end: ScriptedDns, dns: Dns
    ) -> None:
        far_end.says("_dmarc.bank.example", "TXT", "v=DMARC1; p=reject; psd=y")
        found = dmarc.policy_of("mail.giant.bank.example", dns)
        assert found.organisational == "giant.bank.example"
        assert found.policy == "reject"

    def test_a_long_name_is_asked_eight_times_at_most(self, far_end: ScriptedDns, dns: Dns) -> None:
        far_end.says("_dmarc.shop.example", "TXT", "v=DMARC1; p=none")
        name = ".".join([f"l{number}" for number in range(12)] + ["shop", "example"])
        assert dmarc.policy_of(name, dns).organisational == "shop.example"
        assert len(far_end.asked) == 8

    def test_nobody_publishes_one(self, dns: Dns) -> None:
        found = dmarc.policy_of("shop.example", dns)
        assert (found.policy, found.organisational, found.unknown) == ("", "shop.example", False)

    def test_several_records_at_one_name_count_as_none_and_are_told(
        self, far_end: ScriptedDns, dns: Dns
    ) -> None:
        far_end.says("_dmarc.shop.example", "TXT", "v=DMARC1; p=none", "v=DMARC1; p=reject")
        found = dmarc.policy_of("shop.example", dns)
        assert (found.policy, found.several) == ("", "shop.example")

    def test_other_texts_beside_it_do_not_matter(self, far_end: ScriptedDns, dns: Dns) -> None:
        far_end.says("_dmarc.shop.example", "TXT", "hello", "v=DMARC1;p=reject", "v=DMARC10; p=x")
        assert dmarc.policy_of("shop.example", dns).policy == "reject"

    def test_a_record_behind_an_alias_counts(self, far_end: ScriptedDns, dns: Dns) -> None:
        far_end.says("_dmarc.shop.example", "CNAME", "dmarc.host.example.")
        far_end.says("dmarc.host.example", "TXT", "v=DMARC1; p=quarantine")
        assert dmarc.policy_of("shop.example", dns).policy == "quarantine"

    def test_silence_is_told_as_silence(self, far_end: ScriptedDns) -> None:
        far_end.keeps("_dmarc.shop.example", "TXT", SILENT)
        assert dmarc.policy_of("shop.example", quick(far_end)).unknown

    @pytest.mark.parametrize(
        ("envelope", "strict", "expected"),
        [
            ("bounce.shop.example", False, True),
            ("bounce.shop.example", True, False),
            ("shop.example", True, True),
            ("bounce.other.example", False, False),
            ("othershop.example", False, False),
        ],
    )
    def test_who_speaks_for_the_author(
        self, far_end: ScriptedDns, dns: Dns, envelope: str, *, strict: bool, expected: bool
    ) -> None:
        far_end.says("_dmarc.shop.example", "TXT", "v=DMARC1; p=none")
        assert dmarc.aligned(envelope, "shop.example", dns, strict=strict) == expected

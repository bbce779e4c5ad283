using Xunit;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Core.Tests.Search;

/// <summary>What is written beside an exclusion, and how it is named.</summary>
public sealed class DrainRecordTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("_ip", "10.2.3.9", "cluster.metadata.zombieops.v1.exclude._ip.10_2_3_9")]
    [InlineData("_ip", "fe80::1", "cluster.metadata.zombieops.v1.exclude._ip.fe80____1")]
    [InlineData("_name", "es-data-3", "cluster.metadata.zombieops.v1.exclude._name.es-data-3")]
    [InlineData("_name", "a_b", "cluster.metadata.zombieops.v1.exclude._name.a_x5fb")]
    [InlineData("_name", "a.b", "cluster.metadata.zombieops.v1.exclude._name.a_b")]
    [InlineData("_name", "a.x41", "cluster.metadata.zombieops.v1.exclude._name.a_x2ex41")]
    [InlineData("_name", "knoten-ä 1", "cluster.metadata.zombieops.v1.exclude._name.knoten-_xc3_xa4_x201")]
    public void A_key_is_readable_and_leads_back_to_its_entry(string attribute, string entry, string key)
    {
        Assert.Equal(key, DrainRecord.Key(attribute, entry));
        Assert.True(DrainRecord.TryReadKey(key, out string attributeBack, out string entryBack));
        Assert.Equal((attribute, entry), (attributeBack, entryBack));
    }

    [Fact]
    public void No_two_entries_have_one_key_and_no_key_is_the_path_of_another()
    {
        var random = new Random(7);
        const string Letters = "ax0_.:-%;ä ";
        var keys = new Dictionary<string, string>();
        for (int i = 0; i < 50_000; i++)
        {
            string entry = string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => Letters[random.Next(Letters.Length)]));
            string key = DrainRecord.Key("_name", entry);
            Assert.DoesNotContain('.', key[(DrainRecord.Prefix.Length + "_name.".Length)..]);
            Assert.True(DrainRecord.TryReadKey(key, out _, out string back));
            Assert.Equal(entry, back);
            Assert.Equal(entry, keys.GetValueOrDefault(key, entry));
            keys[key] = entry;
        }

        Assert.True(keys.Count > 20_000);
    }

    [Theory]
    [InlineData("cluster.metadata.zombieops.v1.exclude._ip.")]
    [InlineData("cluster.metadata.zombieops.v1.exclude.zone.a")]
    [InlineData("cluster.metadata.zombieops.v1.exclude._ip.10.2.3.9")]
    [InlineData("cluster.metadata.zombieops.v1.exclude._name.a_x5")]
    [InlineData("cluster.metadata.zombieops.v1.exclude._name.a_x41")]
    [InlineData("cluster.metadata.zombieops.v1.exclude._name.a_xff")]
    [InlineData("cluster.metadata.other")]
    public void A_name_that_no_entry_has_is_none(string key) => Assert.False(DrainRecord.TryReadKey(key, out _, out _));

    [Theory]
    [InlineData("drain-job", "ticket 4711")]
    [InlineData("a;owner=b", "x=1;expires=never%")]
    [InlineData("ä\u2028\n\t%3B", "")]
    [InlineData("\"q\"\\", "🧟;")]
    public void A_value_is_read_back_as_it_was_written(string owner, string why)
    {
        foreach (DateTimeOffset? renewed in (DateTimeOffset?[])[null, At.AddMinutes(5)])
        {
            var record = new DrainRecord(owner, At, At.AddHours(2), why, renewed);
            string value = record.Write();
            Assert.DoesNotContain(value, char.IsControl);
            Assert.Equal(record, DrainRecord.Read(value, out string? problem));
            Assert.Null(problem);
        }
    }

    [Fact]
    public void Any_text_survives()
    {
        var random = new Random(9);
        for (int i = 0; i < 20_000; i++)
        {
            string Text() => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => (char)random.Next(0, 0xD7FF))).Insert(0, "o");
            var record = new DrainRecord(Text(), At, At.AddSeconds(i), Text());
            Assert.Equal(record, DrainRecord.Read(record.Write(), out _));
        }
    }

    [Fact]
    public void A_hand_written_value_may_have_blanks_another_order_and_more_fields() =>
        Assert.Equal(new DrainRecord("me", At, At.AddHours(1), "w"), DrainRecord.Read(" why=w; team=x ; expires=2026-11-24T13:00:00Z;since=2026-11-24T12:00:00Z;owner=me;", out _));

    [Theory]
    [InlineData("", "names no owner")]
    [InlineData("owner=;since=2026-11-24T12:00:00Z;expires=2026-11-24T13:00:00Z", "names no owner")]
    [InlineData("owner=a;expires=2026-11-24T13:00:00Z", "'since'")]
    [InlineData("owner=a;since=2026-11-24T12:00:00Z", "'expires'")]
    [InlineData("owner=a;since=2026-11-24T12:00:00Z;expires=tomorrow", "'expires'")]
    [InlineData("owner=a;since=2026-11-24T12:00:00+01:00;expires=2026-11-24T13:00:00Z", "'since'")]
    [InlineData("owner=a;owner=b;since=2026-11-24T12:00:00Z;expires=2026-11-24T13:00:00Z", "twice")]
    [InlineData("owner=%G1;since=2026-11-24T12:00:00Z;expires=2026-11-24T13:00:00Z", "cannot be read")]
    [InlineData("owner=%FF;since=2026-11-24T12:00:00Z;expires=2026-11-24T13:00:00Z", "cannot be read")]
    [InlineData("owner=a;since=2026-11-24T12:00:00Z;expires=2026-11-24T13:00:00Z;renewed=x", "'renewed'")]
    [InlineData("just text", "NAME=VALUE")]
    public void What_cannot_be_read_is_none_and_says_why(string value, string says)
    {
        Assert.Null(DrainRecord.Read(value, out string? problem));
        Assert.Contains(says, problem, StringComparison.Ordinal);
    }
}

using System.Globalization;

namespace ZombieOps.Audit;

/// <summary>
/// The people that a record or a plan may speak of, so that two of them can be held against each other. It errs on the side of "the same person": names are
/// compared without case and domain, and by number as well, so that an account with two names, or a number in place of a name, is one person.
/// </summary>
internal sealed class People
{
    // login.defs(5), SYS_UID_MAX: accounts below belong to services, and several people may act through one.
    private const uint FirstPerson = 1000;
    private readonly HashSet<string> marks = new(StringComparer.OrdinalIgnoreCase);

    private People()
    {
    }

    /// <summary>Whether anybody is known: root, or a service's account by itself, is nobody in particular.</summary>
    public bool Known { get; private set; }

    /// <summary>Whoever may have written a record: the account, who is behind sudo, who logged in. An environment variable adds a name and takes none away.</summary>
    public static People Of(AuditActor? who) => who is null ? new People() : Make([who.User, who.SudoUser ?? "", who.LoginUser ?? ""]);

    /// <summary>Whoever a plan names as its author, whatever way it is written.</summary>
    public static People OfAuthor(string createdBy) =>
        Make([.. createdBy.Split((char[])[' ', '\t', ',', ';', '(', ')'], StringSplitOptions.RemoveEmptyEntries).Where(word => word is not ("sudo" or "by" or "login"))]);

    /// <summary>Whether one of them may be one of the others.</summary>
    public bool Overlap(People other) => marks.Overlaps(other.marks);

    private static People Make(IReadOnlyList<string> names)
    {
        var people = new People();
        var shared = new List<Account>();
        foreach (Account account in names.Select(Account.Of).OfType<Account>())
        {
            if (account.IsRoot)
            {
                continue;
            }

            if (account.Id < FirstPerson)
            {
                shared.Add(account);
                continue;
            }

            people.Known = true;
            people.Add(account);
        }

        // A service's account counts only where nobody is known behind it: then it is all there is to compare.
        if (!people.Known)
        {
            shared.ForEach(people.Add);
        }

        return people;
    }

    private void Add(Account account)
    {
        marks.Add(account.Name);
        if (account.Id is { } id)
        {
            marks.Add(string.Create(CultureInfo.InvariantCulture, $"#{id}"));
        }
    }

    private sealed record Account(string Name, uint? Id)
    {
        public bool IsRoot => Id == 0 || Name.Equals("root", StringComparison.OrdinalIgnoreCase);

        /// <summary>An account by a name in any spelling: <c>alice</c>, <c>DOMAIN\alice</c>, <c>alice@domain</c>, <c>1000</c>, <c>#1000</c>, <c>uid=1000</c>.</summary>
        public static Account? Of(string text)
        {
            string name = text.Trim().Trim('\'', '"');
            string number = name.StartsWith("uid=", StringComparison.OrdinalIgnoreCase) ? name[4..] : name.TrimStart('#');
            if (uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
            {
                return new Account(HostUsers.Name(id) ?? string.Create(CultureInfo.InvariantCulture, $"#{id}"), id);
            }

            string bare = name[(name.LastIndexOf('\\') + 1)..];
            bare = bare.IndexOf('@') is > 0 and var at ? bare[..at] : bare;
            return bare.Length == 0 || bare == "unknown" ? null : new Account(bare, HostUsers.Id(name) ?? HostUsers.Id(bare));
        }
    }
}

using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ZombieOps.Yaml;

/// <summary>
/// Reads the plain part of YAML that nobody can misread: one document of maps, lists and values, without tabs, anchors, aliases and tags. Every value keeps the
/// place where it stands.
/// </summary>
public static class YamlTree
{
    private const int MaxDepth = 32;

    /// <summary>Reads a document.</summary>
    /// <param name="text">The file.</param>
    /// <returns>The document, null where there is none or it is no YAML; and everything that is wrong. It never throws for what is in the text.</returns>
    public static (YamlNode? Root, IReadOnlyList<YamlFault> Faults) Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var faults = Characters(text);
        if (faults.Count > 0)
        {
            // What the parser would say of the same places is not clearer.
            return (null, faults);
        }

        YamlNode? root = null;
        var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        try
        {
            parser.Consume<StreamStart>();
            if (parser.TryConsume<DocumentStart>(out _))
            {
                root = new Reading(parser, faults).Read(0);
                parser.Consume<DocumentEnd>();
                if (parser.TryConsume<DocumentStart>(out var second))
                {
                    faults.Add(At(second.Start, "a second document begins here", "keep one document in a file: take out this '---' and what is below it"));
                }
            }
        }
        catch (YamlException e)
        {
            faults.Add(At(e.Start, "this is no YAML", "look at the indentation, the quotes and the colons here and in the line above"));
            root = null;
        }
        catch (TooDeep e)
        {
            faults.Add(e.Fault);
            root = null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException)
        {
            // The library's scanner has its own invariants, and junk can break them: it is no YAML all the same.
            Mark at = parser.Current?.End ?? new Mark(0, 1, 1);
            faults.Add(At(at, "this is no YAML, or what comes next", "look at the indentation, the quotes and the colons from here on"));
            root = null;
        }

        return (root, faults);
    }

    /// <summary>Characters that have no place in a file that people read line by line.</summary>
    private static List<YamlFault> Characters(string text)
    {
        const int Most = 20;
        var faults = new List<YamlFault>();
        int line = 1;
        int begin = 0;
        for (int i = 0; i < text.Length && faults.Count < Most; i++)
        {
            char c = text[i];
            if (c == '\n')
            {
                line++;
                begin = i + 1;
            }
            else if (c == '\t')
            {
                faults.Add(new YamlFault(line, i - begin + 1, "there is a tab", "write spaces; in a text with double quotes write \\t"));
            }
            else if ((char.IsControl(c) && !(c == '\r' && i + 1 < text.Length && text[i + 1] == '\n')) || c is '\uFFFD' or '\u2028' or '\u2029')
            {
                faults.Add(new YamlFault(line, i - begin + 1, "there is a character that cannot be seen, or is no UTF-8", "take it out, and save the file as UTF-8 text"));
            }
        }

        return faults;
    }

    private static YamlFault At(in Mark mark, string says, string instead) => new(Number(mark.Line), Number(mark.Column), says, instead);

    private static int Number(long number) => (int)Math.Clamp(number, 1, int.MaxValue);

    private sealed class TooDeep(YamlFault fault) : Exception
    {
        public YamlFault Fault { get; } = fault;
    }

    private sealed class Reading(Parser parser, List<YamlFault> faults)
    {
        public YamlNode Read(int depth)
        {
            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                Fault(alias.Start, "there is an alias (*)", "write the value out; where the text begins with * put it in quotes");
                return new YamlBad(Number(alias.Start.Line), Number(alias.Start.Column));
            }

            if (parser.TryConsume<Scalar>(out var scalar))
            {
                Plain(scalar);
                return new YamlScalar(Number(scalar.Start.Line), Number(scalar.Start.Column), scalar.Value, scalar.Style == ScalarStyle.Plain);
            }

            NodeEvent start = parser.Accept<NodeEvent>(out var next) ? next : throw new SyntaxErrorException(parser.Current?.Start ?? default, parser.Current?.End ?? default, "it breaks off");
            (int line, int column) = (Number(start.Start.Line), Number(start.Start.Column));
            if (depth >= MaxDepth)
            {
                throw new TooDeep(At(start.Start, $"it nests deeper than {MaxDepth}", "nothing in this file needs that"));
            }

            Plain(start);
            if (parser.TryConsume<SequenceStart>(out _))
            {
                var items = new List<YamlNode>();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    items.Add(Read(depth + 1));
                }

                return new YamlList(line, column, items);
            }

            parser.Consume<MappingStart>();
            var entries = new List<YamlEntry>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                YamlNode key = Read(depth + 1);
                YamlNode value = Read(depth + 1);
                if (key is YamlScalar name)
                {
                    entries.Add(new YamlEntry(name, value));
                }
                else if (key is not YamlBad)
                {
                    faults.Add(new YamlFault(key.Line, key.Column, "a key is no plain text", "write a name and a colon"));
                }
            }

            return new YamlMap(line, column, entries);
        }

        private void Plain(NodeEvent node)
        {
            if (!node.Anchor.IsEmpty)
            {
                Fault(node.Start, "there is an anchor (&)", "take it out, and write the value out where it is needed; where the text begins with & put it in quotes");
            }

            if (!node.Tag.IsEmpty)
            {
                Fault(node.Start, "there is a tag (!)", "take it out; where the text begins with ! put it in quotes");
            }
        }

        private void Fault(in Mark mark, string says, string instead) => faults.Add(At(mark, says, instead));
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ZombieOps.Yaml;

/// <summary>
/// Reads YAML as JSON. It is an assembly of its own, and exposes no type of the library that it stands on, so that a host which loads another version of that
/// library can keep the two apart.
/// </summary>
public static class YamlText
{
    private const int MaxDepth = 64;
    private const int MaxNodes = 200_000;

    /// <summary>Reads the first document. Tags are not looked at, and merge keys (<c>&lt;&lt;</c>) are keys like any other.</summary>
    /// <param name="text">YAML, which JSON is as well.</param>
    /// <returns>The document; null where it is empty or says <c>null</c>.</returns>
    /// <exception cref="FormatException">It is no YAML, nests too deeply, or becomes too large: an alias may not multiply itself.</exception>
    public static JsonNode? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
            parser.Consume<StreamStart>();
            return parser.TryConsume<DocumentStart>(out _) ? new Reading(parser).Read(0) : null;
        }
        catch (InvalidOperationException)
        {
            // The library's scanner has its own invariants, and junk can break them.
            throw new FormatException("it is no YAML");
        }
        catch (YamlException e)
        {
            // The library's own message repeats what it met, which may be a secret: only the place is told.
            throw new FormatException($"it is no YAML at line {e.Start.Line.ToString(CultureInfo.InvariantCulture)}, column {e.Start.Column.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    private sealed class Reading(Parser parser)
    {
        private readonly Dictionary<string, JsonNode?> anchors = new(StringComparer.Ordinal);
        private int nodes;

        public JsonNode? Read(int depth)
        {
            if (depth > MaxDepth)
            {
                throw new FormatException($"it nests deeper than {MaxDepth}");
            }

            Count(1);
            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                JsonNode? meant = anchors.TryGetValue(alias.Value.Value, out JsonNode? known) ? known : throw new FormatException($"an alias at line {alias.Start.Line.ToString(CultureInfo.InvariantCulture)} means nothing");
                Count(Size(meant));
                return meant?.DeepClone();
            }

            NodeEvent start = parser.Accept<NodeEvent>(out var next) ? next : throw new FormatException("it breaks off");
            JsonNode? node;
            if (parser.TryConsume<Scalar>(out var scalar))
            {
                node = Value(scalar);
            }
            else if (parser.TryConsume<SequenceStart>(out _))
            {
                var list = new JsonArray();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    list.Add(Read(depth + 1));
                }

                node = list;
            }
            else
            {
                parser.Consume<MappingStart>();
                var map = new JsonObject();
                while (!parser.TryConsume<MappingEnd>(out _))
                {
                    string key = parser.Consume<Scalar>().Value;
                    if (map.ContainsKey(key))
                    {
                        throw new FormatException($"a key at line {start.Start.Line.ToString(CultureInfo.InvariantCulture)} or below is there twice");
                    }

                    map[key] = Read(depth + 1);
                }

                node = map;
            }

            if (!start.Anchor.IsEmpty)
            {
                anchors[start.Anchor.Value] = node;
            }

            return node;
        }

        /// <summary>The core schema of YAML 1.2, section 10.3.2, as far as JSON has it. What is quoted is a text.</summary>
        private static JsonValue? Value(Scalar scalar)
        {
            if (scalar.Style != ScalarStyle.Plain)
            {
                return JsonValue.Create(scalar.Value);
            }

            return scalar.Value switch
            {
                "" or "~" or "null" or "Null" or "NULL" => null,
                "true" or "True" or "TRUE" => JsonValue.Create(true),
                "false" or "False" or "FALSE" => JsonValue.Create(false),
                var text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number.ToString(CultureInfo.InvariantCulture) == text => JsonValue.Create(number),
                var text => JsonValue.Create(text),
            };
        }

        private static int Size(JsonNode? node) => node switch
        {
            JsonObject map => 1 + map.Sum(pair => Size(pair.Value)),
            JsonArray list => 1 + list.Sum(Size),
            _ => 1,
        };

        private void Count(int more)
        {
            nodes += more;
            if (nodes > MaxNodes)
            {
                throw new FormatException($"it holds more than {MaxNodes} values");
            }
        }
    }
}

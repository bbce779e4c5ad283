namespace ZombieOps.Yaml;

/// <summary>A value with the place where it stands.</summary>
/// <param name="Line">Line, the first is 1.</param>
/// <param name="Column">Column, the first is 1.</param>
public abstract record YamlNode(int Line, int Column);

/// <summary>A text, number or other single value, as it is written.</summary>
/// <param name="Line">Line, the first is 1.</param>
/// <param name="Column">Column, the first is 1.</param>
/// <param name="Text">The value without its quotes.</param>
/// <param name="Plain">Whether it stands without quotes, so that <c>true</c>, <c>12</c> and <c>null</c> are no texts.</param>
public sealed record YamlScalar(int Line, int Column, string Text, bool Plain) : YamlNode(Line, Column);

/// <summary>A list.</summary>
/// <param name="Line">Line, the first is 1.</param>
/// <param name="Column">Column, the first is 1.</param>
/// <param name="Items">Its entries.</param>
public sealed record YamlList(int Line, int Column, IReadOnlyList<YamlNode> Items) : YamlNode(Line, Column);

/// <summary>Keys with values, in the order of the file. A key that is there twice is here twice.</summary>
/// <param name="Line">Line, the first is 1.</param>
/// <param name="Column">Column, the first is 1.</param>
/// <param name="Entries">The entries.</param>
public sealed record YamlMap(int Line, int Column, IReadOnlyList<YamlEntry> Entries) : YamlNode(Line, Column);

/// <summary>Something that was told as a fault already, so that nobody has to complain again.</summary>
/// <param name="Line">Line, the first is 1.</param>
/// <param name="Column">Column, the first is 1.</param>
public sealed record YamlBad(int Line, int Column) : YamlNode(Line, Column);

/// <summary>A key with its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
public sealed record YamlEntry(YamlScalar Key, YamlNode Value);

/// <summary>What is wrong at a place of a file.</summary>
/// <param name="Line">Line, the first is 1.</param>
/// <param name="Column">Column, the first is 1.</param>
/// <param name="Says">What is wrong. It repeats nothing of the file, which may hold a secret.</param>
/// <param name="Instead">What to write instead.</param>
public sealed record YamlFault(int Line, int Column, string Says, string Instead);

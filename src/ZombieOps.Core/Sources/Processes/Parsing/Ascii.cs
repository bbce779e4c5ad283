using System.Text;

namespace ZombieOps.Sources.Processes.Parsing;

/// <summary>Reads the decimal and hexadecimal numbers of procfs. Overflow and anything but digits is a failure, never a wrong number.</summary>
internal static class Ascii
{
    /// <summary>A whole text as an unsigned decimal number.</summary>
    public static bool TryDecimal(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 20)
        {
            return false;
        }

        foreach (byte c in text)
        {
            uint digit = (uint)(c - '0');
            if (digit > 9 || value > (ulong.MaxValue - digit) / 10)
            {
                return false;
            }

            value = (value * 10) + digit;
        }

        return true;
    }

    /// <summary>A whole text as a decimal number with an optional minus sign.</summary>
    public static bool TryInt32(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        bool negative = !text.IsEmpty && text[0] == (byte)'-';
        if (!TryDecimal(negative ? text[1..] : text, out ulong digits) || digits > (negative ? 1UL << 31 : int.MaxValue))
        {
            return false;
        }

        value = (int)(negative ? -(long)digits : (long)digits);
        return true;
    }

    /// <summary>A whole text as a hexadecimal number of at most 16 digits.</summary>
    public static bool TryHex(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 16)
        {
            return false;
        }

        foreach (byte c in text)
        {
            int digit = c switch
            {
                >= (byte)'0' and <= (byte)'9' => c - '0',
                >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
                >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
                _ => -1,
            };
            if (digit < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)digit;
        }

        return true;
    }

    /// <summary>Bytes of a name as text: UTF-8, with the replacement character for what is not.</summary>
    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}

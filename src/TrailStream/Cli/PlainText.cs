using System.Text;

namespace TrailStream.Cli;

/// <summary>Event content on a terminal: it is attacker-controlled, so that nothing of it may move the cursor or colour the screen.</summary>
internal static class PlainText
{
    /// <summary>Control and direction characters as ?, cut to a length.</summary>
    public static string Of(string? text, int most = 200)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var plain = new StringBuilder(Math.Min(text.Length, most));
        foreach (var c in text)
        {
            if (plain.Length == most)
            {
                plain[^1] = '…';
                break;
            }

            plain.Append(char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format ? '?' : c);
        }

        return plain.ToString();
    }
}

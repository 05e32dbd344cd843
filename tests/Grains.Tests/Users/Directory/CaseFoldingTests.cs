using System.Text;
using Gristmill.Grains.Users;

namespace Gristmill.Grains.Tests.Users.Directory;

public sealed class CaseFoldingTests
{
    [Theory]
    [InlineData("ADA@EXAMPLE.COM", "ada@example.com")]
    [InlineData("ΣΊΣΥΦΟΣ", "σίσυφος")] // A final sigma is a sigma.
    [InlineData("ΜΆΙΟΣ", "μάιοσ")]
    [InlineData("Straẞe", "straße")] // The capital sharp s is the small one, …
    [InlineData("ſchön", "Schön")] // … the long s an s, …
    [InlineData("273 K, 1 Å, 5 Ω, 5 µm", "273 k, 1 å, 5 ω, 5 μm")] // … and the Kelvin, Ångström, ohm and micro signs their letters.
    [InlineData("ǅ", "ǆ")]
    [InlineData("𐐀 𞤀", "𐐨 𞤢")] // Outside the basic plane.
    [InlineData("Ꭰ", "ꭰ")]
    [InlineData("👩‍👩‍👧‍👦 🇬🇷", "👩‍👩‍👧‍👦 🇬🇷")]
    public void Texts_OfOneClass_FoldToTheSame(string a, string b) => Assert.Equal(Fold(a), Fold(b));

    [Theory]
    [InlineData("straße", "STRASSE")] // Simple folding changes no lengths in characters.
    [InlineData("ı", "i")] // No language: the dotless i is a letter of its own, …
    [InlineData("İ", "i")] // … and so is the dotted capital I.
    [InlineData("é", "e\u0301")] // Nothing is normalised.
    [InlineData("ά", "α")]
    [InlineData("ﬁ", "fi")]
    public void Texts_OfDifferentClasses_StayApart(string a, string b) => Assert.NotEqual(Fold(a), Fold(b));

    [Fact]
    public void EveryCodePoint_FoldedTwice_IsAsFoldedOnce()
    {
        for (int value = 0; value <= 0x10FFFF; value++)
        {
            if (!Rune.IsValid(value))
                continue;
            string once = Fold(new Rune(value).ToString());
            Assert.True(once == Fold(once), $"U+{value:X} changes when folded twice.");
        }
    }

    private static string Fold(string text)
    {
        byte[] bytes = new byte[CaseFolding.MaxBytes(text)];
        return Encoding.UTF8.GetString(bytes, 0, CaseFolding.Fold(text, bytes));
    }
}

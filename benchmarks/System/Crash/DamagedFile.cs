using System.Buffers.Binary;

namespace Gristmill.Crash;

/// <summary>What can happen to a database's files while nobody looks, chosen by seed.</summary>
internal static class DamagedFile
{
    private const int PageSizeAt = 16;
    private const int FirstPageHeader = 100;
    private const int PageHeaderLength = 8;
    private const int SectorLength = 512;
    private const byte Rubbish = 0xA5;

    /// <summary>
    /// A copy of a main file that is damaged where SQLite keeps its structure, and what was done to it. What lies in a value cannot be told from what
    /// was written there: SQLite has no checksums in the main file.
    /// </summary>
    public static (string What, byte[] Content) OfMain(byte[] sound, int kind, Random random)
    {
        byte[] damaged = [.. sound];
        (int page, int header) = ChoosePage(sound, random);
        switch (kind % 5)
        {
            case 0:
                int length = random.Next(1, sound.Length);
                return ($"cut to {length} bytes", damaged[..length]);
            case 1:
                int bit = FlipBit(damaged, header, PageHeaderLength, random);
                return ($"bit {bit} of the header of the page at {page} flipped", damaged);
            case 2:
                damaged.AsSpan(header, SectorLength - (header - page)).Fill(Rubbish);
                return ($"the first sector of the page at {page} torn", damaged);
            case 3:
                damaged.AsSpan(header, SectorLength - (header - page)).Clear();
                return ($"the first sector of the page at {page} never written", damaged);
            default:
                FlipBit(damaged, 0, PageSizeAt, random);
                return ("a bit of the file's own header flipped", damaged);
        }
    }

    /// <summary>Damages a log from a place on.</summary>
    public static string OfLog(string path, long from, Random random)
    {
        using FileStream log = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        switch (random.Next(3))
        {
            case 0:
                log.SetLength(from);
                return $"cut to {from} bytes";
            case 1:
                log.Position = from;
                log.Write([.. Enumerable.Repeat(Rubbish, (int)Math.Min(SectorLength, log.Length - from))]);
                return $"the sector at {from} torn";
            default:
                log.Position = from;
                int value = log.ReadByte();
                log.Position = from;
                log.WriteByte((byte)(value ^ (1 << random.Next(8))));
                return $"a bit at {from} flipped";
        }
    }

    /// <summary>A page of a b-tree, and where its header begins: the first one has the file's before it.</summary>
    private static (int Page, int Header) ChoosePage(byte[] file, Random random)
    {
        int size = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(PageSizeAt));
        while (true)
        {
            int page = random.Next(file.Length / size) * size;
            int header = page == 0 ? FirstPageHeader : page;
            if (file[header] is 2 or 5 or 10 or 13)
                return (page, header);
        }
    }

    private static int FlipBit(byte[] file, int from, int length, Random random)
    {
        int bit = random.Next(length * 8);
        file[from + (bit / 8)] ^= (byte)(1 << (bit % 8));
        return bit;
    }
}

using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using Gristmill.Client.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace Gristmill.Client.Json;

/// <summary>
/// Reads a request body as JSON, strictly: UTF-8, no comments, no trailing commas, no property twice at any depth, at most 64 levels.
/// </summary>
internal static class JsonBody
{
    private const int MaxDepth = 64;
    private const long MaxDroppedBytes = 64 << 20;

    /// <summary>For a reader under <see cref="ParseAsync"/>.</summary>
    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    public static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>Reads the whole body. The caller disposes the document.</summary>
    /// <exception cref="RequestException">415 for another content type, 400 for anything that is not JSON.</exception>
    /// <exception cref="BadHttpRequestException">413 for a body over the limit.</exception>
    public static async ValueTask<JsonDocument> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        await RefuseOthersAsync(request, cancellationToken);
        try
        {
            return await JsonDocument.ParseAsync(request.Body, Options, cancellationToken);
        }
        catch (JsonException exception)
        {
            throw RequestException.BadRequest(Describe(exception));
        }
        catch (InvalidOperationException)
        {
            // The search for duplicates met an escaped surrogate without its pair: valid JSON text, but no Unicode string.
            throw RequestException.BadRequest("A property name is no Unicode string: broken UTF-8, or a surrogate without its pair.");
        }
    }

    /// <summary>
    /// Gives the whole body to a parser that goes through it once and throws <see cref="JsonException"/> for what is not JSON. Properties given
    /// twice are the parser's to find, depth too: <see cref="ReaderOptions"/>.
    /// </summary>
    /// <inheritdoc cref="ReadAsync" path="/exception"/>
    public static async ValueTask<TResult> ParseAsync<TState, TResult>(
        HttpRequest request, TState state, Func<ReadOnlySpan<byte>, TState, TResult> parse, CancellationToken cancellationToken)
    {
        await RefuseOthersAsync(request, cancellationToken);
        PipeReader body = request.BodyReader;
        ReadResult read = await body.ReadAsync(cancellationToken);
        while (!read.IsCompleted)
        {
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await body.ReadAsync(cancellationToken);
        }

        try
        {
            return Parse(read.Buffer.IsSingleSegment ? read.Buffer.FirstSpan : read.Buffer.ToArray(), state, parse);
        }
        finally
        {
            body.AdvanceTo(read.Buffer.End);
        }
    }

    /// <summary>The same, for a body that must be an object.</summary>
    public static async ValueTask<(JsonDocument Document, JsonFields Fields)> ReadObjectAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        JsonDocument document = await ReadAsync(request, cancellationToken);
        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return (document, new JsonFields(document.RootElement));
        document.Dispose();
        throw RequestException.BadRequest("The body must be a JSON object.");
    }

    private static TResult Parse<TState, TResult>(ReadOnlySpan<byte> body, TState state, Func<ReadOnlySpan<byte>, TState, TResult> parse)
    {
        // A reader that skips a text does not look at its bytes.
        if (!Utf8.IsValid(body))
            throw RequestException.BadRequest("The body is not valid UTF-8.");
        try
        {
            return parse(body, state);
        }
        catch (JsonException exception)
        {
            throw RequestException.BadRequest(Describe(exception));
        }
    }

    private static ValueTask RefuseOthersAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!IsPlainJson(request.ContentType) && (!request.HasJsonContentType() || !IsUtf8(request)))
        {
            throw new RequestException(
                StatusCodes.Status415UnsupportedMediaType,
                new TaskError(ErrorStatus.CodeOf(StatusCodes.Status415UnsupportedMediaType), Problems.JsonOnly, IsTransient: false));
        }

        return RefuseTooLargeAsync(request, cancellationToken);
    }

    // What nearly all clients send, told without taking the header apart.
    private static bool IsPlainJson(string? contentType) => contentType is "application/json" or "application/json; charset=utf-8";

    private static bool IsUtf8(HttpRequest request) =>
        request.GetTypedHeaders().ContentType is not { Charset.HasValue: true } type || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// A client that does not ask first (<c>Expect: 100-continue</c>) is sending already, and would meet a closed connection instead of the
    /// answer: what it sends is read and dropped, within bounds.
    /// </summary>
    internal static async ValueTask RefuseTooLargeAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        IHttpMaxRequestBodySizeFeature? limit = request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (limit?.MaxRequestBodySize is not { } max || request.ContentLength is not { } length || length <= max)
            return;

        if (request.Headers.Expect.Count == 0 && length <= MaxDroppedBytes)
        {
            limit.MaxRequestBodySize = MaxDroppedBytes;
            await request.Body.CopyToAsync(Stream.Null, cancellationToken);
        }

        throw RequestException.TooLarge($"The body has {length} bytes; at most {max} are taken.");
    }

    private static string Describe(JsonException exception) =>
        exception.LineNumber is { } line
            ? $"The body is not valid JSON at line {line + 1}, byte {exception.BytePositionInLine + 1}."
            : $"The body is not valid JSON: {exception.Message}";
}

using System.Text.Json;
using Gristmill.Client.Errors;

namespace Gristmill.Client.Json;

/// <summary>
/// Reads a request body as JSON, strictly: UTF-8, no comments, no trailing commas, no property twice at any depth, at most 64 levels.
/// </summary>
internal static class JsonBody
{
    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>Reads the whole body. The caller disposes the document.</summary>
    /// <exception cref="RequestException">415 for another content type, 400 for anything that is not JSON.</exception>
    /// <exception cref="BadHttpRequestException">413 for a body over the limit.</exception>
    public static async ValueTask<JsonDocument> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!request.HasJsonContentType())
        {
            throw new RequestException(
                StatusCodes.Status415UnsupportedMediaType,
                new TaskError(ErrorStatus.CodeOf(StatusCodes.Status415UnsupportedMediaType), Problems.JsonOnly, IsTransient: false));
        }

        try
        {
            return await JsonDocument.ParseAsync(request.Body, s_options, cancellationToken);
        }
        catch (JsonException exception)
        {
            throw RequestException.BadRequest(Describe(exception));
        }
        catch (InvalidOperationException)
        {
            // The search for duplicates met an escaped surrogate without its pair: valid JSON text, but no Unicode string.
            throw RequestException.BadRequest("A property name holds a surrogate without its pair.");
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

    private static string Describe(JsonException exception) =>
        exception.LineNumber is { } line
            ? $"The body is not valid JSON at line {line + 1}, byte {exception.BytePositionInLine + 1}."
            : $"The body is not valid JSON: {exception.Message}";
}

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gristmill.Client.Json;

/// <summary>Writes an answer without asking the request's services for anything.</summary>
internal static class JsonResponse
{
    private const string ContentType = "application/json; charset=utf-8";

    public static Task WriteAsync<T>(this HttpResponse response, T value, JsonTypeInfo<T> type)
    {
        response.ContentType = ContentType;
        return JsonSerializer.SerializeAsync(response.BodyWriter, value, type, response.HttpContext.RequestAborted);
    }
}

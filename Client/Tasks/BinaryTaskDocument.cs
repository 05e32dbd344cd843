using Microsoft.OpenApi;

namespace Gristmill.Client.Tasks;

/// <summary>What OpenAPI says of <see cref="BinaryTaskEndpoints"/>: it holds one operation per path and method.</summary>
internal static class BinaryTaskDocument
{
    /// <summary>Documents the binary form of a route.</summary>
    public static RouteHandlerBuilder DescribesBinaryTasks(this RouteHandlerBuilder route) => route
        .TakesQuery("kind", "With a binary body, the kind; and so durability, priority, timeout, deadline and maxAttempts, as in a JSON body.")
        .TakesQuery("input", "With a binary body, the input's other fields as a JSON object. In it a number stands for an array of that many elements; arrays that it leaves out share the body equally, behind the others.")
        .ProducesProblems(406, 409)
        .AddOpenApiOperationTransformer(static (operation, _, _) =>
        {
            var bytes = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } };
            operation.RequestBody?.Content?.Add(BinaryTaskEndpoints.OctetStream, bytes);
            if (operation.Responses?.TryGetValue("200", out IOpenApiResponse? ok) == true)
                ok.Content?.Add(BinaryTaskEndpoints.OctetStream, bytes);
            return Task.CompletedTask;
        });
}

using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gristmill.Client;

/// <summary>What the OpenAPI document says beyond what ASP.NET reads from the routes.</summary>
internal static class ApiDocument
{
    public static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Gristmill",
                Version = typeof(ApiDocument).Assembly.GetName().Version!.ToString(3),
                Description = "Runs tasks and keeps user records.",
            };
            return Task.CompletedTask;
        });
    }

    /// <summary>Documents the problem+json answers of a route.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (int status in statuses)
            route.Produces<ProblemView>(status, "application/problem+json");
        return route;
    }

    /// <summary>Documents a header that a route reads.</summary>
    public static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder route, string name, string description) =>
        route.Takes(ParameterLocation.Header, name, description);

    /// <summary>Documents a query parameter that a route reads.</summary>
    public static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder route, string name, string description) =>
        route.Takes(ParameterLocation.Query, name, description);

    private static RouteHandlerBuilder Takes(this RouteHandlerBuilder route, ParameterLocation place, string name, string description) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                In = place,
                Name = name,
                Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
            return Task.CompletedTask;
        });
}

/// <summary>A failure as clients see it (RFC 9457).</summary>
/// <param name="Type">A link to what the status means.</param>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong, for a person.</param>
/// <param name="Code">What is wrong, for a program; stable.</param>
/// <param name="Error">The detail again, for simple clients.</param>
/// <param name="TraceId">Finds the request in logs and traces.</param>
/// <param name="Errors">What is wrong with which field.</param>
internal sealed record ProblemView(
    string Type, string Title, int Status, string Detail, string Code, string Error, string TraceId, IReadOnlyDictionary<string, string[]>? Errors = null);

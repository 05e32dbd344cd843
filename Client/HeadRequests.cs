namespace Gristmill.Client;

/// <summary>HEAD is answered as GET is: the server keeps to itself what is written as a body, whatever the routes take the request for.</summary>
internal static class HeadRequests
{
    private static readonly object s_mark = new();

    public static Task AnswerAsGet(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Request.Method = HttpMethods.Get;
            context.Items[s_mark] = s_mark;
        }

        return next(context);
    }

    /// <summary>True when only the head of the answer is wanted: a body that would take time need not be made.</summary>
    public static bool IsHead(this HttpContext context) => context.Items.ContainsKey(s_mark);
}

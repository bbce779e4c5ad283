using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace ZombieOps.Integration.Tests.Reports;

/// <summary>
/// A real Chromium without a window, spoken to in its DevTools protocol over a socket of the loopback. It keeps what the page complains of: console, exceptions, violations of
/// its content security policy, requests.
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome"];
    private readonly Process process;
    private readonly string profile;
    private readonly ClientWebSocket socket = new();
    private string? session;
    private int last;

    private Browser(Process process, string profile)
    {
        this.process = process;
        this.profile = profile;
    }

    /// <summary>What the page or the browser complained of.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Addresses that were asked for.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Starts one; skips the test where the machine has none.</summary>
    public static async Task<Browser> StartAsync()
    {
        string? program = Programs.Select(Machine.Find).FirstOrDefault(path => path is not null);
        Assert.SkipWhen(program is null, "a browser (chromium)");
        string profile = Directory.CreateTempSubdirectory("zombieops-browser-").FullName;
        Process process = Process.Start(new ProcessStartInfo(
            program!,
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0", "--user-data-dir=" + profile, "about:blank"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var browser = new Browser(process, profile);
        try
        {
            await browser.ConnectAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Shows a page at a width, as a screen of that width does.</summary>
    public async Task OpenAsync(string url, int width)
    {
        await CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
        await CallAsync("Page.navigate", new JsonObject { ["url"] = url });
        var deadline = Stopwatch.StartNew();
        while ((await EvaluateAsync("document.readyState + ' ' + location.href")) != $"complete {url}")
        {
            Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(60), "the page does not load");
            await Task.Delay(50);
        }
    }

    /// <summary>The value of an expression in the page, as text.</summary>
    public async Task<string> EvaluateAsync(string expression) =>
        (await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true }))["result"]?["value"]?.ToString() ?? "";

    /// <summary>Whether the page is to think that it is dark, or on paper.</summary>
    public Task PretendAsync(string media, string scheme) => CallAsync(
        "Emulation.setEmulatedMedia", new JsonObject { ["media"] = media, ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }) });

    /// <summary>The page on paper.</summary>
    public async Task<byte[]> PrintAsync() =>
        Convert.FromBase64String((await CallAsync("Page.printToPDF", new JsonObject { ["printBackground"] = true, ["preferCSSPageSize"] = true }))["data"]!.ToString());

    /// <summary>A picture of all of the page.</summary>
    public async Task<byte[]> PictureAsync() =>
        Convert.FromBase64String((await CallAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = true }))["data"]!.ToString());

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync();
        process.Dispose();
        for (int i = 0; ; i++)
        {
            try
            {
                Directory.Delete(profile, recursive: true);
                return;
            }
            catch (IOException) when (i < 50)
            {
                await Task.Delay(50);
            }
        }
    }

    private async Task ConnectAsync()
    {
        string? line;
        do
        {
            line = await process.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        while (line is not null && !line.StartsWith("DevTools listening on ", StringComparison.Ordinal));
        Assert.NotNull(line);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        await socket.ConnectAsync(new Uri(line["DevTools listening on ".Length..]), CancellationToken.None);
        JsonNode target = await CallAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        session = (await CallAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target["targetId"]!.ToString(), ["flatten"] = true }))["sessionId"]!.ToString();
        foreach (string domain in (string[])["Page", "Runtime", "Log", "Network", "Audits"])
        {
            await CallAsync(domain + ".enable", []);
        }
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject parameters)
    {
        int id = ++last;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null)
        {
            message["sessionId"] = session;
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            JsonNode answer = await ReadAsync(patience.Token);
            if (answer["id"]?.GetValue<int>() == id)
            {
                return answer["error"] is { } error ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}") : answer["result"]!;
            }

            Hear(answer);
        }
    }

    private void Hear(JsonNode told)
    {
        switch (told["method"]?.ToString())
        {
            case "Runtime.consoleAPICalled" or "Runtime.exceptionThrown" or "Log.entryAdded" or "Audits.issueAdded":
                Complaints.Add(told.ToJsonString());
                break;
            case "Network.requestWillBeSent":
                Requests.Add(told["params"]!["request"]!["url"]!.ToString());
                break;
        }
    }

    private async Task<JsonNode> ReadAsync(CancellationToken cancel)
    {
        using var whole = new MemoryStream();
        byte[] piece = new byte[64 << 10];
        ValueWebSocketReceiveResult got;
        do
        {
            got = await socket.ReceiveAsync(piece.AsMemory(), cancel);
            whole.Write(piece, 0, got.Count);
        }
        while (!got.EndOfMessage);
        return JsonNode.Parse(Encoding.UTF8.GetString(whole.ToArray()), documentOptions: new JsonDocumentOptions { MaxDepth = 200 })!;
    }
}

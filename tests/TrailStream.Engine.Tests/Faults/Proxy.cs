using System.Net.Http.Json;
using System.Text.Json;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>One proxy of Toxiproxy, before an engine.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly string _name;

    private Proxy(HttpClient http, string name, string address) => (_http, _name, Address) = (http, name, address);

    /// <summary>host:port to connect to.</summary>
    public string Address { get; }

    public static async Task<Proxy> CreateAsync(string toxiproxy, string name, Uri upstream)
    {
        var http = new HttpClient { BaseAddress = new Uri(toxiproxy) };
        using var made = await http.PostAsJsonAsync("/proxies", new { name, listen = "127.0.0.1:0", upstream = upstream.Authority, enabled = true });
        made.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await made.Content.ReadAsStringAsync());
        return new Proxy(http, name, answer.RootElement.GetProperty("listen").GetString()!);
    }

    /// <summary>False cuts every connection and takes no new ones.</summary>
    public Task EnableAsync(bool enabled) => PostAsync("", new { enabled });

    /// <summary>Adds trouble; see Toxiproxy for its types.</summary>
    public Task AddAsync(string type, object attributes) => PostAsync("/toxics", new { name = type, type, stream = "downstream", toxicity = 1.0, attributes });

    public async Task RemoveAsync(string type) => (await _http.DeleteAsync($"/proxies/{_name}/toxics/{type}")).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        using var _ = await _http.DeleteAsync($"/proxies/{_name}");
        _http.Dispose();
    }

    private async Task PostAsync(string path, object body)
    {
        using var answer = await _http.PostAsJsonAsync($"/proxies/{_name}{path}", body);
        answer.EnsureSuccessStatusCode();
    }
}

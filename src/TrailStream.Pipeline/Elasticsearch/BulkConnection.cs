using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>HTTP to the cluster: addresses in turn, credentials, certificates.</summary>
internal sealed class BulkConnection : IDisposable
{
    private readonly BulkOptions _options;
    private readonly HttpClient _http;
    private int _turn;
    private volatile AuthenticationHeaderValue? _authorization;

    public BulkConnection(BulkOptions options)
    {
        _options = options;
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = options.InFlight + 2,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            // A host that is gone without a word must not cost the whole of a request's time.
            ConnectTimeout = TimeSpan.FromSeconds(5),
        };
        if (options.CaFile is not null)
        {
            handler.SslOptions = TrustOnly(options.CaFile);
        }

        _http = new HttpClient(handler) { Timeout = options.RequestTimeout };
        ReadCredentials();
    }

    /// <summary>Reads the credentials' files again: they may have been renewed.</summary>
    public void ReadCredentials()
    {
        var key = _options.ApiKeyFile is null ? _options.ApiKey : File.ReadAllText(_options.ApiKeyFile).Trim();
        var password = _options.PasswordFile is null ? _options.Password : File.ReadAllText(_options.PasswordFile).Trim();
        _authorization = key is { Length: > 0 } ? new AuthenticationHeaderValue("ApiKey", key)
            : _options.Username is not null
                ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_options.Username}:{password}")))
                : null;
    }

    /// <summary>Sends to the next address in turn.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        var url = _options.Urls[(int)((uint)Interlocked.Increment(ref _turn) % (uint)_options.Urls.Count)];
        var request = new HttpRequestMessage(method, new Uri(url, path)) { Content = content };
        request.Headers.Authorization = _authorization;
        request.Headers.ExpectContinue = false;
        return _http.SendAsync(request, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static SslClientAuthenticationOptions TrustOnly(string caFile)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(caFile);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }
}

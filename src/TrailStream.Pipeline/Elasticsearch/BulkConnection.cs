using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TrailStream.Pipeline.Store;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>HTTP to the cluster: addresses in turn, credentials, certificates.</summary>
public sealed class BulkConnection : IDisposable
{
    /// <summary>A longer answer is not read to its end: how many documents it holds is ours to choose, how large they are is not.</summary>
    internal const int AnswerBytesMax = 16 << 20;

    private readonly BulkOptions _options;
    private readonly HttpClient _http;
    private int _turn;
    private volatile AuthenticationHeaderValue? _authorization;

    public BulkConnection(BulkOptions options)
    {
        _options = options;
        _http = CreateClient(options);
        _http.MaxResponseContentBufferSize = AnswerBytesMax;
        ReadCredentials();
    }

    /// <summary>A client that trusts the given authority alone, if one is given, and follows no redirection: it would carry credentials away.</summary>
    public static HttpClient CreateClient(BulkOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = options.InFlight + StoreCorrections.SearchesMax,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            // A host that is gone without a word must not cost the whole of a request's time.
            ConnectTimeout = TimeSpan.FromSeconds(5),
        };
        if (options.CaFile is not null)
        {
            handler.SslOptions = TrustOnly(options.CaFile);
        }

        return new HttpClient(handler) { Timeout = options.RequestTimeout };
    }

    /// <summary>Reads the credentials' files again: they may have been renewed.</summary>
    public void ReadCredentials() => _authorization = Authorization(_options);

    /// <summary>API key before user and password; null where there is neither.</summary>
    public static AuthenticationHeaderValue? Authorization(BulkOptions options)
    {
        var key = options.ApiKeyFile is null ? options.ApiKey : File.ReadAllText(options.ApiKeyFile).Trim();
        var password = options.PasswordFile is null ? options.Password : File.ReadAllText(options.PasswordFile).Trim();
        return key is { Length: > 0 } ? new AuthenticationHeaderValue("ApiKey", key)
            : options.Username is not null
                ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.Username}:{password}")))
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

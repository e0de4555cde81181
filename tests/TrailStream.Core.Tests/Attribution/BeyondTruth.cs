namespace TrailStream.Core.Tests.Attribution;

/// <summary>Every origin in the real sets that is claimed beyond what an exact join by access key proves, with its evidence. All are found by session:
/// the events are signed with keys that no event issued, or with none.</summary>
internal static class BeyondTruth
{
    public static string[] Of(string set) => set switch
    {
        "invictus-ir" =>
        [
            "1694d8a8-3e2c-46d1-b9ce-7f4847d3c836 session AWSService inspector2.amazonaws.com = 0de2548d-3814-47fe-9498-936426d7294e",
            "3bcc9d61-5936-429a-8b49-d5cb8e7b0e06 session AWSService inspector2.amazonaws.com = dbfd959c-6924-42cc-92e6-f53abca66c6c",
            "75f05727-9451-4593-9dd2-921cb841f2c3 session AWSService rds.amazonaws.com = 183c5975-500a-4b38-8876-003c7e24e78f",
            "8e7c424e-ba89-4259-a302-ebc251a1d79c session AWSService rds.amazonaws.com = 09a3a91f-0dc2-4290-a6a2-22057fbada76",
            "a6e2c503-7c14-4aca-b20f-0b34957b7279 session AWSService rds.amazonaws.com = 71feca3a-8e97-4bff-bafb-0a7b43a04684",
            "d810582d-f50c-4816-b231-a693a20995a1 session AWSService rds.amazonaws.com = a35cff20-1d80-49ce-97fe-3394a0bed717",
        ],
        "boogy-rekeyed" =>
        [
            "0a42e28a-542a-374d-38f7-9efc63260646 session AWSService eks-nodegroup.amazonaws.com = 482c0d89-3d43-5c15-18dc-c70569fc5959 e511478b-2a7d-4eee-90c1-8e292c51e01a",
            "0d83b14b-5d16-a30a-d72c-b83194446972 session AWSService eks-nodegroup.amazonaws.com = 482c0d89-3d43-5c15-18dc-c70569fc5959 e511478b-2a7d-4eee-90c1-8e292c51e01a",
            "33b4d27d-e147-5c1d-d6eb-27231937da95 session AWSService eks-nodegroup.amazonaws.com = 482c0d89-3d43-5c15-18dc-c70569fc5959 e511478b-2a7d-4eee-90c1-8e292c51e01a",
            "9a5f2105-04de-72d0-2c86-37321c98de40 session AWSService autoscaling.amazonaws.com = 7d754efc-0d23-91d6-dcb0-375cad6b5a36",
            "a5c38588-2e66-285c-69d3-811757bed55b session AWSService eks-nodegroup.amazonaws.com = 482c0d89-3d43-5c15-18dc-c70569fc5959 e511478b-2a7d-4eee-90c1-8e292c51e01a",
            "a77b7469-b417-7575-1155-28e6f0e5e332 session AWSService eks-nodegroup.amazonaws.com = 482c0d89-3d43-5c15-18dc-c70569fc5959 e511478b-2a7d-4eee-90c1-8e292c51e01a",
            "ac3b5d27-71e8-6a31-b300-0a67092b5390 session AWSService eks-nodegroup.amazonaws.com = 482c0d89-3d43-5c15-18dc-c70569fc5959 e511478b-2a7d-4eee-90c1-8e292c51e01a",
            "d6db8804-0330-077c-9683-0fe7b1904ae6 session AWSService eks-nodegroup.amazonaws.com = 482c0d89-3d43-5c15-18dc-c70569fc5959 e511478b-2a7d-4eee-90c1-8e292c51e01a",
        ],
        _ => [],
    };
}

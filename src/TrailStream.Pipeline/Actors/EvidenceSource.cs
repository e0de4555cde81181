namespace TrailStream.Pipeline.Actors;

/// <summary>Where evidence comes from: who asks the stores for the documents that it concerns.</summary>
internal enum EvidenceSource : byte
{
    /// <summary>The input: this node asks for the uses of a new session, and for all that changes with it.</summary>
    Input = 0,

    /// <summary>Another node, which has learnt it from the input and asks for the uses of a session that was new to it. Only what the evidence changes
    /// beyond that can be news from here.</summary>
    OtherNode,

    /// <summary>Evidence that is known already, most likely: all that rests on it is asked for once more.</summary>
    Again,
}

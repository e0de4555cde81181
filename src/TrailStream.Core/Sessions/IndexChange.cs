namespace TrailStream.Core.Sessions;

/// <summary>Something new that documents may have been written without, as text: what a store can be asked for.</summary>
/// <param name="From">Unix seconds of event time: documents from then on.</param>
/// <param name="Until">And until then.</param>
public abstract record IndexChange(long From, long Until);

using Xunit;
using ZombieOps.Integration.Tests.Search;

namespace ZombieOps.Integration.Tests.Kubernetes;

/// <summary>A cluster whose nodes are taken for pods: a pod may have any address.</summary>
public sealed class OwnedElasticsearch() : RealCluster("elasticsearch", 160);

/// <summary>The same of the other product.</summary>
public sealed class OwnedOpenSearch() : RealCluster("opensearch", 170);

[CollectionDefinition(nameof(RealOwners))]
public sealed class RealOwners : ICollectionFixture<RealKubernetes>, ICollectionFixture<OwnedElasticsearch>, ICollectionFixture<OwnedOpenSearch>;

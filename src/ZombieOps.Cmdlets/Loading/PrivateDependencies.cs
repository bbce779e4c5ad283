using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace ZombieOps.Cmdlets.Loading;

/// <summary>
/// Keeps the libraries that this module brings along apart from those of other modules. What lies in the folder <c>dependencies</c> is loaded into a
/// context of its own, whatever version of it the session has; the engine and its types stay where every script can name them.
/// </summary>
public sealed class PrivateDependencies : IModuleAssemblyInitializer
{
    // The one assembly that the engine asks for by name. It gives away no type of what it stands on.
    private const string Entry = "ZombieOps.Yaml";

    private static readonly Context Own = new(Path.Combine(Path.GetDirectoryName(typeof(PrivateDependencies).Assembly.Location)!, "dependencies"));

    /// <inheritdoc/>
    public void OnImport()
    {
        // It stays after the module is removed: another runspace of this process may have imported it as well.
        AssemblyLoadContext.Default.Resolving -= Resolve;
        AssemblyLoadContext.Default.Resolving += Resolve;
    }

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) => name.Name == Entry ? Own.LoadFromAssemblyName(name) : null;

    private sealed class Context(string folder) : AssemblyLoadContext("ZombieOps dependencies")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            string file = Path.Combine(folder, assemblyName.Name + ".dll");
            return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
        }
    }
}

using System.Text.Json.Serialization;
using Gristmill.Client.Operations;
using Gristmill.Client.Plugins;
using Gristmill.Client.Queues;
using Gristmill.Client.Schedules;
using Gristmill.Client.Tasks;
using Gristmill.Client.Users;
using Microsoft.AspNetCore.Mvc;

namespace Gristmill.Client.Json;

/// <summary>How answers are written: camel case, with serializers generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UserView))]
[JsonSerializable(typeof(UserCreated))]
[JsonSerializable(typeof(UserInput))]
[JsonSerializable(typeof(UserInput[]))]
[JsonSerializable(typeof(UserView[]))]
[JsonSerializable(typeof(UserCount))]
[JsonSerializable(typeof(UserBatchCreated))]
[JsonSerializable(typeof(UserTotals))]
[JsonSerializable(typeof(TaskView))]
[JsonSerializable(typeof(TaskView[]))]
[JsonSerializable(typeof(TaskInput))]
[JsonSerializable(typeof(TaskInput[]))]
[JsonSerializable(typeof(TaskReceipt))]
[JsonSerializable(typeof(TaskReceipt[]))]
[JsonSerializable(typeof(TaskSweepResult))]
[JsonSerializable(typeof(TaskEventView))]
[JsonSerializable(typeof(TaskProgressView))]
[JsonSerializable(typeof(RawJson))]
[JsonSerializable(typeof(TaskKindView))]
[JsonSerializable(typeof(TaskKindView[]))]
[JsonSerializable(typeof(QueueView))]
[JsonSerializable(typeof(QueueView[]))]
[JsonSerializable(typeof(QueueLimitsInput))]
[JsonSerializable(typeof(ScheduleView))]
[JsonSerializable(typeof(ScheduleView[]))]
[JsonSerializable(typeof(ScheduleInput))]
[JsonSerializable(typeof(HealthView))]
[JsonSerializable(typeof(EngineListView))]
[JsonSerializable(typeof(PluginView[]))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
internal sealed partial class GatewayJson : JsonSerializerContext;

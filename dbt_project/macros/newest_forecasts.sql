{#- Condition: the days since the first with a forecast, an explanation or a rebuilt label, and the runs,
    that came since forecasts last passed their tests, as `tested_forecasts` says. They are stored a
    little after their stamps: the last day of them is taken again. -#}
{% macro newest_forecasts(relation) -%}
    {% set tested = built_table(graph.nodes['model.mlx.tested_forecasts']) -%}
    {% set since = only_value("select max(forecast_at) - interval '1 day' from " ~ tested) if tested -%}
    {% set days = [_first_rebuilt_label(tested)] -%}
    {% for table in ['preds', 'preds_log', 'explanations'] -%}
        {% set table = ml_schema() ~ '.' ~ table -%}
        {% do days.append(first_day_since(table, 'created_at', since or '0001-01-01')) -%}
    {% endfor -%}
    {% set condition = "dt >= date '" ~ days | map('string') | min ~ "'" -%}
    {% set runs = _runs_since(since or '0001-01-01') if 'run_id' in tested_model(relation).columns -%}
    {% if runs -%}
        {% do return('(' ~ condition ~ ' or run_id in (' ~ runs | join(', ') ~ '))') -%}
    {% endif -%}
    {% do return(condition) -%}
{%- endmacro %}


{% macro _first_rebuilt_label(tested) -%}
    {% set labels = built_table(graph.nodes['model.mlx.labels']) -%}
    {% set since = only_value('select max(changed_at) from ' ~ tested) if tested -%}
    {% set first = only_value(
        'select min(changed_at) from ' ~ labels ~ " where changed_at > timestamp '" ~ (since or '0001-01-01') ~ "'"
    ) or only_value('select max(changed_at) from ' ~ labels) -%}
    {% do return(first_day_since(labels, 'changed_at', first)) -%}
{%- endmacro %}


{#- Runs with folds, as literals: a planner uses the index of their forecasts. -#}
{% macro _runs_since(since) -%}
    {% set query = 'select distinct run_id from ' ~ ml_schema() ~ '.cv_folds where run_id in (select run_id from '
        ~ ml_schema() ~ ".runs where coalesce(finished_at, started_at) >= timestamp '" ~ since ~ "')" -%}
    {% set runs = [] -%}
    {% for run_id in run_query(query).columns[0].values() -%}
        {% do runs.append(dbt.string_literal(dbt.escape_single_quotes(run_id))) -%}
    {% endfor -%}
    {% do return(runs) -%}
{%- endmacro %}

{#- Condition: the days since the first with a forecast, an explanation or a rebuilt label, and the runs,
    that came since forecasts last passed their tests. They are stored a little after their stamps: the
    last day of them is taken again. None: all rows. -#}
{% macro newest_forecasts(relation) -%}
    {% set labels = built_table('model.mlx.labels') -%}
    {% set since = tested_until('tested_forecasts', "forecast_at - interval '1 day'") if labels -%}
    {% if not since -%}
        {% do return(none) -%}
    {% endif -%}
    {% set rebuilt = first_build_since(labels, tested_until('tested_forecasts', 'changed_at')) -%}
    {% set days = [first_day_since(labels, 'changed_at', rebuilt)] -%}
    {% for table in ['preds', 'preds_log', 'explanations'] -%}
        {% do days.append(first_day_since(ml_schema() ~ '.' ~ table, 'created_at', since)) -%}
    {% endfor -%}
    {% set condition = "dt >= date '" ~ days | map('string') | min ~ "'" -%}
    {% set runs = _runs_since(since) if 'run_id' in tested_model(relation).columns -%}
    {% if runs -%}
        {% do return('(' ~ condition ~ ' or run_id in (' ~ runs | join(', ') ~ '))') -%}
    {% endif -%}
    {% do return(condition) -%}
{%- endmacro %}


{#- Runs with folds, as literals: a planner uses the index of their forecasts. -#}
{% macro _runs_since(since) -%}
    {% set ml = ml_schema() -%}
    {% set query = 'select distinct run_id from ' ~ ml ~ '.cv_folds where run_id in (select run_id from '
        ~ ml ~ ".runs where coalesce(finished_at, started_at) >= timestamp '" ~ since ~ "')" -%}
    {% set runs = [] -%}
    {% for run_id in run_query(query).columns[0].values() -%}
        {% do runs.append(dbt.string_literal(dbt.escape_single_quotes(run_id))) -%}
    {% endfor -%}
    {% do return(runs) -%}
{%- endmacro %}

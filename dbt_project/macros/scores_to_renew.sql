{#- The forecasts that an incremental model of the evaluation aggregates, matured and out of sample:
    all of them in a full build, else those of the groups that changed since its last build.
    `period`: what a group spans, the column `dt` or `month`. One branch an origin, and two conditions
    that PostgreSQL evaluates before it reads one: days without a changed fold leave the forecasts of
    all folds unread, and so do all days before the first that changed. -#}
{% macro scores_to_renew(period='dt') -%}
    {% if is_incremental() -%}
    with touched as (

        {{ touched_scores(period) }}

    )

    {% for origin in ['cv', 'live'] -%}
    select scored.*
    from {{ ref('preds_scored') }} as scored
    inner join touched
        on
            touched.origin = '{{ origin }}'
            and scored.run_id = touched.run_id
            and scored.horizon = touched.horizon
            and {{ period_of('scored.dt', period) }} = touched.{{ period }}
    where
        scored.origin = '{{ origin }}'
        and scored.is_out_of_sample
        and scored.realised_return is not null
        and exists (select 1 from touched where origin = '{{ origin }}')
        and {{ is_since(
            'scored.dt',
            'select min(' ~ period ~ ") from touched where origin = '" ~ origin ~ "'",
            ref('int_trading_days')
        ) }}
    {%- if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
    {%- else -%}
    select * from {{ ref('preds_scored') }} where is_out_of_sample and realised_return is not null
    {%- endif %}
{%- endmacro %}


{% macro period_of(day, period) -%}
    {{ "cast(date_trunc('month', " ~ day ~ ") as date)" if period == 'month' else day }}
{%- endmacro %}


{#- What a row of the evaluation was computed from; the next build goes on from here. -#}
{% macro evaluated_from() -%}
    (select max(changed_at) from {{ ref('labels') }}) as changed_at,
    {{ reference_version() }} as reference_version,
    (select max(created_at) from {{ ref('stg_ml__preds_log') }}) as forecast_at
{%- endmacro %}

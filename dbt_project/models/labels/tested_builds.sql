{{ config(materialized='incremental', incremental_strategy='append') }}
-- depends_on: {{ ref('labels') }}
{% for name in var('feature_sets') -%}
-- depends_on: {{ ref('features_' ~ name) }}
{% endfor %}
with newest as (

    {% for panel in stamped_panels() -%}
    select max(changed_at) as changed_at from {{ ref(panel) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

passed as (

    select min(changed_at) as changed_at
    from newest
    having count(*) = count(changed_at)

)

select * from passed
{% if is_incremental() -%}
where changed_at > {{ newest_change_in(this) }}
{%- endif %}

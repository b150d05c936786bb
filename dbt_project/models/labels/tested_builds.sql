-- depends_on: {{ ref('int_rejected_prices') }}, {{ ref('labels') }}
{% for name in var('feature_sets') -%}
-- depends_on: {{ ref('features_' ~ name) }}
{% endfor -%}
{{ config(materialized='incremental', incremental_strategy='append') }}

with builds as (

    select
        max(changed_at) as changed_at,
        {{ reference_version() }} as reference_version
    from {{ ref('int_price_changes') }}
    having max(changed_at) is not null

)

select * from builds
where {{ are_all_tested('newest_build') }}
{% if is_incremental() -%}
    and not exists (
        select 1
        from {{ this }} as earlier
        where
            earlier.changed_at >= builds.changed_at
            and earlier.reference_version = builds.reference_version
    )
{%- endif %}
